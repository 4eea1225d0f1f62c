/** `GET /v1/models` and `GET /v1/models/{id}`: the models that an engine serves here. */

import type { ModelTable } from '@moonbase/core/routing'
import { modelObject } from '@moonbase/protocol'
import type { Exchange } from '../../http/exchange.ts'
import type { KeyAccount } from '../../accounts/accounts.ts'
import type { Caller } from '../api.ts'
import { sendJson } from '../../http/send-json.ts'

export function listModels(models: ModelTable) {
  return (exchange: Exchange): void => sendJson(exchange, 200, { object: 'list', data: models.list().map(modelObject) })
}

export function showModel(models: ModelTable) {
  return (exchange: Exchange, { parameters }: Caller<KeyAccount>): void =>
    sendJson(exchange, 200, modelObject(models.find(parameters['id'] ?? '').model))
}
