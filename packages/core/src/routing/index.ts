/** Which engine answers a request. */
export * from './model-table.ts'
