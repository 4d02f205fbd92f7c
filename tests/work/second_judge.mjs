// Judges the requests on standard input with iam-simulate, an evaluator that shares no code with the local AWS's.
// In: {documents: {id: policy}, requests: [{..., policies: [id]}]}. Out: [{result} or {error}], in the same order.
import { readFileSync } from 'node:fs'
import { runSimulation } from '@cloud-copilot/iam-simulate'

const { documents, requests } = JSON.parse(readFileSync(0, 'utf8'))
const named = (ids) => ids.map((id) => ({ name: id, policy: documents[id] }))

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
      identityPolicies: named(asked.policies),
      permissionBoundaryPolicies: asked.boundary ? named([asked.boundary]) : undefined,
      serviceControlPolicies: asked.controlPolicies.map(([level, ids]) => ({ orgIdentifier: level, policies: named(ids) })),
      resourceControlPolicies: [],
      resourcePolicy: asked.resourcePolicy ? documents[asked.resourcePolicy] : undefined,
      vpcEndpointPolicies: asked.endpoint ? named([asked.endpoint]) : undefined
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
