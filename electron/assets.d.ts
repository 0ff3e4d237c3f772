// Text files that Vite puts into the bundle as strings.
declare module "*.sql?raw" {
  const text: string;
  export default text;
}

// Small images that Vite puts into the bundle as data URLs.
declare module "*.png?inline" {
  const dataUrl: string;
  export default dataUrl;
}
