// The person at the browser: reads the page, presses "Allow", and follows the redirect no further than its address.
import assert from 'node:assert/strict'

export const given = JSON.parse(process.argv[2])
export const url = (path) => new URL(path, given.issuer)

export async function allow(address) {
  const shown = await fetch(address, { headers: { cookie: given.cookie }, redirect: 'manual' })
  assert.equal(shown.status, 200)
  const [, token] = /name="csrfmiddlewaretoken" value="([^"]+)"/g.exec(await shown.text().then(ofDecision))
  const cookies = [given.cookie, ...shown.headers.getSetCookie().map((one) => one.split(';')[0])].join('; ')
  const answer = await fetch(address, {
    method: 'POST',
    headers: { cookie: cookies, origin: url('/').origin, 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams({ csrfmiddlewaretoken: token, decision: 'allow' }),
    redirect: 'manual',
  })
  assert.equal(answer.status, 303)
  return new URL(answer.headers.get('location'))
}

// The page has a form for signing out, too.
const ofDecision = (page) => page.slice(page.indexOf('<main'))

export async function students(accessToken) {
  const answer = await fetch(url('/api/v1/students/'), { headers: { authorization: `Bearer ${accessToken}` } })
  return answer.status
}
