/** What Vite makes of files that are no code. */

declare module '*.css'

declare module '*?worker&url' {
  const address: string
  export default address
}
