// The build makes a module of axe-core's script: a function that sets axe up within a window (see build.mjs).

declare module "axe-core/axe.js" {
  export default function axeWithin(view: Window): void;
}
