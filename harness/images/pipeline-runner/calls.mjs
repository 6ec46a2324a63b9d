// Makes pipeline_runner/calls.json: the calls of GitHub's REST API that the stand-ins know, each with its route and with
// the permissions of which one is enough. Run when the table is to be renewed:
//   npm pack @octokit/plugin-rest-endpoint-methods && tar xzf *.tgz && node calls.mjs package > pipeline_runner/calls.json
// Sources: names and routes are octokit's published endpoint data; permissions are those of GitHub's documentation,
// "Permissions required for GitHub Apps", where what belongs to no row here needs a right that no workflow's token can have.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const folder = resolve(process.argv[2])
const { default: endpoints } = await import(pathToFileURL(`${folder}/dist-src/generated/endpoints.js`))
const { version } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
const HERE = '/repos/{owner}/{repo}'
const EITHER = ['issues', 'pull-requests']
const ROWS = [ // the first that fits counts
  [/^actions\./, ['actions']],
  [/^checks\./, ['checks']],
  [/^git\./, ['contents']],
  [/^issues\.(create|addSubIssue|removeSubIssue|reprioritizeSubIssue|.*Dependency.*|.*BlockedBy.*)$/, ['issues']],
  [/^issues\./, EITHER],
  [/^pulls\.merge$/, ['contents']],
  [/^pulls\./, ['pull-requests']],
  [/^reactions\..*PullRequestReviewComment$/, ['pull-requests']],
  [/^reactions\..*Issue(Comment)?$/, EITHER],
  [/^repos\.(createCommitStatus|getCombinedStatusForRef|listCommitStatusesForRef)$/, ['statuses']],
  [/^repos\.(createDispatchEvent|createCommitComment|createOrUpdateFileContents|deleteFile|merge)$/, ['contents']],
  [/^repos\.(get|getBranch|listBranches|getCommit|listCommits|compareCommits|compareCommitsWithBasehead|getContent)$/, ['contents']],
  [/^repos\.(listPullRequestsAssociatedWithCommit|listCommentsForCommit|getCollaboratorPermissionLevel)$/, ['contents']]
]
const ADMIN = /\/actions\/(secrets|variables|runners|permissions|oidc|organization-|cache\/)|\/environments\/|preferences/
const calls = {}
for (const [space, methods] of Object.entries(endpoints)) {
  for (const [method, [route]] of Object.entries(methods)) {
    const name = `${space}.${method}`
    const row = ROWS.find(([pattern]) => pattern.test(name))
    if (!row || !route.includes(` ${HERE}`) || ADMIN.test(route)) continue
    calls[name] = [...route.replace(/\{\?.*/, '').split(' '), ...row[1]]
  }
}
const lines = Object.entries(calls).sort().map(([name, call]) => `    ${JSON.stringify(name)}: ${JSON.stringify(call)}`)
console.log(`{\n  "of": "@octokit/plugin-rest-endpoint-methods ${version}",\n  "calls": {\n${lines.join(',\n')}\n  }\n}`)
