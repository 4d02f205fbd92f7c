// Judges the requests on standard input with iam-simulate, an evaluator that shares no code with the local AWS's.
// In: {documents: {id: policy}, requests: [{..., policies: [id]}]}. Out: [{result} or {error}], in the same order.
import { readFileSync } from 'node:fs'
import {
  createValidatedPolicy,
  validateEndpointPolicy,
  validateIdentityPolicy,
  validateResourcePolicy,
  validateServiceControlPolicy
} from '@cloud-copilot/iam-policy'
import { runSimulation } from '@cloud-copilot/iam-simulate'

// Node makes a collator for each comparison that has options, which was half of all the time.
const collators = new Map()
const { localeCompare } = String.prototype
String.prototype.localeCompare = function (other, locales, options) {
  const { sensitivity, ...others } = options ?? {}
  if (!sensitivity || locales !== undefined || Object.keys(others).length) return localeCompare.call(this, other, locales, options)
  if (!collators.has(sensitivity)) collators.set(sensitivity, new Intl.Collator(undefined, { sensitivity }).compare)
  return collators.get(sensitivity)(this, other)
}

const { documents, requests } = JSON.parse(readFileSync(0, 'utf8'))

// Each policy is validated once for all requests: most of the time would go into that.
const validated = new Map()
const policy = (id, validate) => {
  const key = `${validate.name} ${id}`
  if (!validated.has(key)) validated.set(key, createValidatedPolicy(documents[id], validate))
  return validated.get(key)
}
const named = (ids, validate) => ids.map((id) => ({ name: id, policy: policy(id, validate) }))

const verdicts = []
for (const asked of requests) {
  const answer = await runSimulation(
    {
      request: {
        principal: asked.principal,
        action: asked.action,
        resource: { resource: asked.resource, accountId: asked.owner },
        contextVariables: asked.context
      },
      identityPolicies: named(asked.policies, validateIdentityPolicy),
      permissionBoundaryPolicies: asked.boundary ? named([asked.boundary], validateIdentityPolicy) : undefined,
      serviceControlPolicies: asked.controlPolicies.map(([level, ids]) => ({ orgIdentifier: level, policies: named(ids, validateServiceControlPolicy) })),
      resourceControlPolicies: [],
      resourcePolicy: asked.resourcePolicy ? policy(asked.resourcePolicy, validateResourcePolicy) : undefined,
      vpcEndpointPolicies: asked.endpoint ? named([asked.endpoint], validateEndpointPolicy) : undefined
    },
    {}
  )
  if (answer.resultType === 'error') verdicts.push({ error: answer.errors })
  else
    verdicts.push({
      result: answer.overallResult,
      blockedBy: answer.result?.analysis?.blockedBy ?? [],
      ignored: answer.result?.ignoredContextKeys ?? []
    })
}
process.stdout.write(JSON.stringify(verdicts))
