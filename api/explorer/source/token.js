// The token in use: the one typed into this browser tab, else the one the server put into the page, else "".
import { config } from "./config.js";

const KEY = "frontrow:token";

export function currentToken() {
  return sessionStorage.getItem(KEY) ?? config.token ?? "";
}

/** The token as the server wants it: people paste whole headers, and line breaks. */
export function tidied(text) {
  return text.trim().replace(/^(authorization:\s*)?bearer\s+/i, "");
}

/** Keeps the token until the tab closes and returns the one now in use; empty goes back to the page's own. */
export function keepToken(token) {
  if (token && token !== config.token) sessionStorage.setItem(KEY, token);
  else sessionStorage.removeItem(KEY);
  return currentToken();
}
