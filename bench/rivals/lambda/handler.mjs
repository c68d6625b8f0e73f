// The work, as a Lambda handler.
export const add = async ({ a, b }) => a + b;
