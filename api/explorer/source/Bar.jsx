// The bar above GraphiQL: the name, the token, and how to get one where it is missing or refused.
import { useState } from "react";
import { config } from "./config.js";
import { TOKEN_COMMAND } from "./fetcher.js";
import { tidied } from "./token.js";

const STATUS = {
  asking: "Connecting …",
  accepted: "Connected",
  missing: "No token",
  refused: "Token refused",
  away: "Server away",
};

const ADVICE = {
  missing: "A token is needed.",
  refused: "The server refused this token; it may have expired.",
};

function Mark() {
  return (
    <svg className="frontrow-mark" viewBox="0 0 24 24" aria-hidden="true">
      <g opacity="0.35">
        <circle cx="7.5" cy="5" r="1.6" />
        <circle cx="12" cy="4.4" r="1.6" />
        <circle cx="16.5" cy="5" r="1.6" />
      </g>
      <g opacity="0.6">
        <circle cx="5.2" cy="11" r="2" />
        <circle cx="12" cy="10" r="2" />
        <circle cx="18.8" cy="11" r="2" />
      </g>
      <circle cx="4" cy="18.4" r="2.8" />
      <circle cx="12" cy="17.2" r="2.8" />
      <circle cx="20" cy="18.4" r="2.8" />
    </svg>
  );
}

function TokenField({ token, onToken }) {
  const [draft, setDraft] = useState(token);
  const [shown, setShown] = useState(false);
  const changed = tidied(draft) !== token;

  function use(event) {
    event.preventDefault();
    setDraft(onToken(tidied(draft)));
  }

  return (
    <form className="frontrow-token" autoComplete="off" onSubmit={use} onBlur={(event) => {
      if (changed && !event.currentTarget.contains(event.relatedTarget)) use(event);
    }}>
      <label htmlFor="frontrow-token">Bearer token</label>
      <span className="frontrow-field">
        <input
          id="frontrow-token"
          type={shown ? "text" : "password"}
          autoComplete="off"
          spellCheck={false}
          placeholder="paste a token"
          value={draft}
          onChange={(event) => setDraft(event.target.value)}
        />
        <button type="button" aria-pressed={shown} onClick={() => setShown(!shown)}>
          {shown ? "Hide" : "Show"}
        </button>
      </span>
      <button type="submit" className="frontrow-use" disabled={!changed}>
        Use
      </button>
    </form>
  );
}

function Advice({ status }) {
  return (
    <p className="frontrow-advice" role="alert">
      <strong>{ADVICE[status]}</strong> Run <code>{TOKEN_COMMAND}</code> where the service runs and paste what it prints
      into the field above. It is kept in this browser tab only.
      {config.token && " An empty field goes back to the demo account."}
    </p>
  );
}

export function Bar({ token, status, onToken }) {
  return (
    <header className="frontrow-bar">
      <div className="frontrow-row">
        <span className="frontrow-name">
          <Mark />
          Frontrow
        </span>
        <span className="frontrow-endpoint">{config.endpoint}</span>
        {config.token && token === config.token && <span className="frontrow-demo">Demo account</span>}
        <TokenField token={token} onToken={onToken} />
        <span className={`frontrow-status ${status}`} role="status">
          {STATUS[status]}
        </span>
      </div>
      {status in ADVICE && <Advice status={status} />}
    </header>
  );
}
