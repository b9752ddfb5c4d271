// Requests to the API, each with the token; tells `onStatus` how every one of them went.
import { getIntrospectionQuery, getOperationAST, parse } from "graphql";

export const TOKEN_COMMAND = "frontrow token --partner ID";

const INTROSPECTION = getIntrospectionQuery({
  // Without it the editor would not know that a date range takes one of its fields only.
  oneOf: true,
  inputValueDeprecation: true,
  schemaDescription: true,
  specifiedByUrl: true,
});

function refusal(message, code, hint) {
  return { errors: [{ message, extensions: { code, hint } }] };
}

function isSubscription({ query, operationName }) {
  try {
    return getOperationAST(parse(query), operationName)?.operation === "subscription";
  } catch {
    return false; // not GraphQL: the server says best what is wrong with it
  }
}

/** What to send. GraphiQL may still name the operation of the tab shown a moment ago: such a name is left out. */
function asked({ operationName, ...params }) {
  if (operationName === "IntrospectionQuery") return { ...params, operationName, query: INTROSPECTION };
  return params.query.includes(operationName) ? { ...params, operationName } : params;
}

async function body(response) {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return refusal(`The server answered ${response.status} ${response.statusText}`.trim(), `HTTP_${response.status}`, text);
  }
}

/** Server-sent events, one connection for each subscription. */
async function* subscribe(endpoint, headers, params, fetchFn) {
  const { createClient } = await import("graphql-sse");
  const client = createClient({ url: endpoint, headers: Object.fromEntries(headers), retryAttempts: 0, fetchFn });
  yield* client.iterate(params);
}

export function makeFetcher(endpoint, token, onStatus) {
  async function observed(...request) {
    try {
      const response = await fetch(...request);
      onStatus(response.status === 401 ? "refused" : "accepted");
      return response;
    } catch (error) {
      if (error.name !== "AbortError") onStatus("away");
      throw error;
    }
  }

  return async function fetcher(params, options = {}) {
    const headers = new Headers({ Authorization: `Bearer ${token}`, ...options.headers });
    if (!token && headers.get("Authorization") === "Bearer") {
      onStatus("missing");
      return refusal("A token is needed", "UNAUTHENTICATED", `${TOKEN_COMMAND} prints one; paste it into the field above`);
    }
    const request = asked(params);
    if (isSubscription(request)) return subscribe(endpoint, headers, request, observed);
    headers.set("Accept", "application/graphql-response+json, application/json;q=0.9");
    headers.set("Content-Type", "application/json");
    return body(await observed(endpoint, { method: "POST", headers, body: JSON.stringify(request) }));
  };
}
