/** What a paste may be beside cURL and JSON: a program that makes a request, or the id of one. */

export { requestIdIn, snippetRequest, type SnippetRequest } from './snippet-request.ts'
