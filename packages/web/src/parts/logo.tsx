/** The sign of the house: a lit ground, the sky above it, and the earth in it. */

export function Logo() {
  return (
    <svg className="logo" width="22" height="22" viewBox="0 0 22 22" aria-hidden="true">
      <rect width="22" height="22" fill="var(--logo-sky)" />
      <circle cx="5" cy="24.5" r="15" fill="var(--logo-moon)" />
      <circle cx="15.2" cy="6.6" r="3.4" fill="var(--logo-earth)" />
    </svg>
  )
}
