/** Gives a file to the person, made of texts. */

export function download(name: string, mime: string, texts: readonly string[]): void {
  const address = URL.createObjectURL(new Blob([...texts], { type: mime }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 1000)
}
