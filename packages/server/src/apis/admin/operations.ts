/** The table of the operator's API. Routes, checks and the OpenAPI document all come from it. */

import { adminKeyOperations } from './admin-key-operations.ts'
import { apiKeyOperations } from './api-key-operations.ts'
import { auditOperations } from './audit-operations.ts'
import { contentOperations } from './content-operations.ts'
import { moneyOperations } from './money-operations.ts'
import { openapiDocument } from './openapi.ts'
import { type Operation, operation } from './operation.ts'
import { organisationOperations } from './organisation-operations.ts'
import { projectOperations } from './project-operations.ts'
import { tariffOperations } from './tariff-operations.ts'
import { usageOperations } from './usage-operations.ts'

const showOpenapi = operation({
  method: 'GET',
  path: '/admin/v1/openapi.json',
  id: 'showOpenapi',
  summary: 'Show this document',
  scope: null,
  operatorOnly: false,
  organisation: null,
  reply: { type: 'object' },
  run: () => openapiDocument(OPERATIONS),
})

export const OPERATIONS: readonly Operation[] = [
  ...adminKeyOperations,
  ...organisationOperations,
  ...projectOperations,
  ...apiKeyOperations,
  ...tariffOperations,
  ...moneyOperations,
  ...usageOperations,
  ...contentOperations,
  ...auditOperations,
  showOpenapi,
]
