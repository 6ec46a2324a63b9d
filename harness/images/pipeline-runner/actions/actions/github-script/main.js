// Stand-in for actions/github-script: the script runs in Node.js; calls of GitHub's API go to the platform's record.
// Source: the action's own README, and that of @actions/core.
'use strict'
const crypto = require('crypto')
const fs = require('fs')
const net = require('net')

const SOCKET = '/work/platform/socket'
const input = name => (process.env[`INPUT_${name.replace(/ /g, '_').toUpperCase()}`] || '').trim()
const plain = value => value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value)
const escaped = text => plain(text).replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A')

function append(variable, name, value) {
  const mark = `end_${crypto.randomUUID()}`
  fs.appendFileSync(process.env[variable], `${name}<<${mark}\n${plain(value)}\n${mark}\n`)
}

const say = kind => message => console.log(`::${kind}::${escaped(message instanceof Error ? message.message : message)}`)
const summary = {
  text: '',
  addRaw(text) { this.text += text; return this },
  addEOL() { return this.addRaw('\n') },
  addHeading(text, level = 1) { return this.addRaw(`<h${level}>${text}</h${level}>\n`) },
  async write() { fs.appendFileSync(process.env.GITHUB_STEP_SUMMARY, this.text); this.text = ''; return this }
}
const core = {
  debug: say('debug'), notice: say('notice'), warning: say('warning'), error: say('error'),
  info: message => console.log(message),
  setOutput: (name, value) => append('GITHUB_OUTPUT', name, value),
  exportVariable: (name, value) => { process.env[name] = plain(value); append('GITHUB_ENV', name, value) },
  setFailed: message => { process.exitCode = 1; core.error(message) },
  setSecret: value => console.log(`::add-mask::${value}`),
  getInput: input,
  startGroup: name => console.log(`::group::${name}`),
  endGroup: () => console.log('::endgroup::'),
  group: async (name, work) => { core.startGroup(name); try { return await work() } finally { core.endGroup() } },
  summary
}

const payload = JSON.parse(fs.readFileSync(process.env.GITHUB_EVENT_PATH, 'utf8'))
const [owner, repo] = process.env.GITHUB_REPOSITORY.split('/')
const number = (payload.issue || payload.pull_request || payload).number
const context = {
  payload, repo: { owner, repo }, issue: { owner, repo, number },
  eventName: process.env.GITHUB_EVENT_NAME, sha: process.env.GITHUB_SHA, ref: process.env.GITHUB_REF,
  workflow: process.env.GITHUB_WORKFLOW, job: process.env.GITHUB_JOB, actor: process.env.GITHUB_ACTOR,
  runId: Number(process.env.GITHUB_RUN_ID), runNumber: Number(process.env.GITHUB_RUN_NUMBER),
  serverUrl: process.env.GITHUB_SERVER_URL, apiUrl: process.env.GITHUB_API_URL
}

function ask(message) {
  return new Promise((resolve, reject) => {
    let answer = ''
    const line = net.connect(SOCKET, () => line.write(JSON.stringify(message) + '\n'))
    line.setTimeout(20000, () => line.destroy(new Error('the platform did not answer')))
    line.on('data', data => { answer += data })
    line.on('error', reject)
    line.on('end', () => { try { resolve(JSON.parse(answer)) } catch (problem) { reject(problem) } })
  })
}

async function call(name, args) {
  const who = { workflow: context.workflow, job: context.job, token: input('github-token') }
  const answer = await ask({ do: 'call', call: name, arguments: args || {}, ...who })
  if (answer.error) throw Object.assign(new Error(answer.error), { name: 'HttpError', status: answer.status })
  return { status: 200, data: answer.data }
}

const space = name => new Proxy({}, { get: (_, method) => args => call(`${name}.${String(method)}`, args) })
const rest = new Proxy({}, { get: (_, name) => space(String(name)) })
const github = { rest, paginate: async (method, args) => (await method(args)).data }

async function main() {
  const AsyncFunction = Object.getPrototypeOf(main).constructor
  const script = new AsyncFunction('github', 'octokit', 'context', 'core', 'require', input('script'))
  const result = await script(github, github, context, core, require)
  core.setOutput('result', input('result-encoding') === 'string' ? String(result) : JSON.stringify(result))
}

main().catch(problem => {
  console.error(problem)
  core.setFailed(`Unhandled error: ${problem}`)
})
