/** A written date as `YYYY-MM-DD`, where it names a year, a month and a day. */

export function isoDate(text: string): string | undefined {
  const iso = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?=$|T)/.exec(text)
  if (iso !== null) return text.includes('T') ? text : joined(iso[1], Number(iso[2]), iso[3])
  const monthFirst = /^([a-z]{3})[a-z.]* (\d{1,2})[a-z]*,? (\d{4})$/i.exec(text)
  if (monthFirst !== null) return joined(monthFirst[3], monthNumber(monthFirst[1]), monthFirst[2])
  const dayFirst = /^(\d{1,2})[a-z]* (?:of )?([a-z]{3})[a-z.]*,? (\d{4})$/i.exec(text)
  return dayFirst === null ? undefined : joined(dayFirst[3], monthNumber(dayFirst[2]), dayFirst[1])
}

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')

function monthNumber(name: string | undefined): number {
  return MONTHS.indexOf((name ?? '').toLowerCase()) + 1
}

function joined(year: string | undefined, month: number, day: string | undefined): string | undefined {
  if (year === undefined || day === undefined || month < 1 || month > 12 || Number(day) < 1 || Number(day) > 31)
    return undefined
  return `${year}-${String(month).padStart(2, '0')}-${day.padStart(2, '0')}`
}
