// The side panel with the saved queries, one section for each dashboard.
import { useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { config } from "./config.js";

const GROUPS = [...new Set(config.examples.map(({ group }) => group))];

/** Opens an example: in the tab that still holds it unchanged, else in a new one. */
function useOpen() {
  const { addTab, changeTab } = useGraphiQLActions();
  const { tabs, activeTabIndex, queryEditor, variableEditor } = useGraphiQL(
    ({ tabs, activeTabIndex, queryEditor, variableEditor }) => ({ tabs, activeTabIndex, queryEditor, variableEditor }),
  );

  return function open({ query, variables }) {
    const held = tabs.findIndex((tab) => tab.query === query && (tab.variables ?? "") === variables);
    if (held === activeTabIndex) return;
    if (held >= 0) {
      changeTab(held);
      return;
    }
    addTab();
    queryEditor?.setValue(query);
    variableEditor?.setValue(variables);
  };
}

function Icon(props) {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinejoin="round" {...props}>
      <rect x="3.5" y="3.5" width="7" height="9" rx="1.5" />
      <rect x="13.5" y="3.5" width="7" height="5" rx="1.5" />
      <rect x="3.5" y="15.5" width="7" height="5" rx="1.5" />
      <rect x="13.5" y="11.5" width="7" height="9" rx="1.5" />
    </svg>
  );
}

function Content() {
  const open = useOpen();
  return (
    <div className="frontrow-examples">
      <h2>Dashboards</h2>
      <p>Each panel as a query, ready to run.</p>
      {GROUPS.map((group) => (
        <section key={group}>
          <h3>{group}</h3>
          <ul>
            {config.examples.filter((example) => example.group === group).map((example) => (
              <li key={example.name}>
                <button type="button" data-example={example.name} onClick={() => open(example)}>
                  <b>{example.title}</b>
                  <span>{example.description}</span>
                </button>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

export const EXAMPLES_PLUGIN = { title: "Dashboards", icon: Icon, content: Content };
