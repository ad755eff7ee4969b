// A file of Fluent messages is its text.

declare module "*.ftl" {
  const text: string;
  export default text;
}
