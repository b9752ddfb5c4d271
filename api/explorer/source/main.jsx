// The explorer: Frontrow's bar, and GraphiQL with the example queries beside it.
import "./workers.js";
// The parts, since graphiql/style.css brings 550 kB of fonts.
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "graphiql/graphiql.css";
import "./style.css";
import { HISTORY_PLUGIN } from "@graphiql/plugin-history";
import { GraphiQL } from "graphiql";
import { useCallback, useMemo, useState } from "react";
import { createRoot } from "react-dom/client";
import { Bar } from "./Bar.jsx";
import { config } from "./config.js";
import { EXAMPLES_PLUGIN } from "./Examples.jsx";
import { makeFetcher } from "./fetcher.js";
import { currentToken, keepToken } from "./token.js";

const PLUGINS = [EXAMPLES_PLUGIN, HISTORY_PLUGIN];

/** The first example for who is here for the first time; GraphiQL itself brings back the tabs of everybody else. */
function firstTab() {
  if (localStorage.getItem("graphiql:tabState")) return {};
  const { query, variables } = config.examples[0];
  return { initialQuery: query, initialVariables: variables };
}

const FIRST_TAB = firstTab();

function Explorer() {
  const [token, setToken] = useState(currentToken);
  const [status, setStatus] = useState("asking");
  // A new fetcher makes GraphiQL read the schema again: what a token may see is the server's to say.
  const fetcher = useMemo(() => makeFetcher(config.endpoint, token, setStatus), [token]);
  const onToken = useCallback((typed) => {
    const used = keepToken(typed);
    setToken(used);
    return used;
  }, []);

  return (
    <>
      <Bar token={token} status={status} onToken={onToken} />
      <main className="frontrow-main">
        <GraphiQL
          fetcher={fetcher}
          plugins={PLUGINS}
          visiblePlugin={EXAMPLES_PLUGIN}
          {...FIRST_TAB}
          defaultQuery=""
          defaultEditorToolsVisibility="variables"
          shouldPersistHeaders={false}
          schemaDescription
          inputValueDeprecation
        >
          <GraphiQL.Logo>
            <span />
          </GraphiQL.Logo>
        </GraphiQL>
      </main>
    </>
  );
}

createRoot(document.getElementById("explorer")).render(<Explorer />);
