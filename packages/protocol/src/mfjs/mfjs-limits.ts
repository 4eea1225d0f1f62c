/** How large an MFJS schema may be. Source: walle, Moonshot's published validator (`conf.go`), whose names stand behind. */

export interface MfjsLimits {
  /** Values of one `enum` (`MaxEnumItems`). */
  readonly enumValues: number
  /** All values of one `enum` together, in UTF-8 bytes, when it has more than `longEnum` values (`MaxEnumStringLength`). */
  readonly enumBytes: number
  /** From here on an `enum` counts as long (`MaxEnumStringCheckThreshold`). */
  readonly longEnum: number
  /** Branches of one `anyOf` (`MaxAnyOfItems`). */
  readonly anyOfItems: number
  /** `properties` inside `properties`, through references too (`MaxSchemaDepth`). Items and branches do not count. */
  readonly depth: number
  /** The schema as compact JSON, in UTF-8 bytes (`MaxSchemaSize`). */
  readonly schemaBytes: number
  /** Names in all `properties` together (`MaxTotalPropertiesKeysNum`). */
  readonly propertyKeys: number
  /** JSON inside JSON, of whatever kind. Our own: it bounds every recursion, for schemas and for values. */
  readonly nesting: number
  /** Steps through references, and of one rewriting. Later walles have the same budget. */
  readonly steps: number
}

export const MFJS_LIMITS: MfjsLimits = {
  enumValues: 1000,
  enumBytes: 75_000,
  longEnum: 2500,
  anyOfItems: 500,
  depth: 30,
  schemaBytes: 120_000,
  propertyKeys: 3000,
  nesting: 512,
  steps: 500_000,
}
