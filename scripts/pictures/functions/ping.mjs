export const main = () => 'pong';
