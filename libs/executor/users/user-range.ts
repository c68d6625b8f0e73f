/** Users that sandboxes may run as: ids of users and of groups alike, both ends included. */
export interface UserRange {
  first: number;
  last: number;
}
