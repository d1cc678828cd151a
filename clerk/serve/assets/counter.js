"use strict";
// The glass: a terminal that draws what the counter's process sends, and sends back keys and taps. Nothing else is
// understood in either direction: no links, no clipboard, no downloads.
(async () => {
  const nonce = document.currentScript.nonce;
  const make = document.createElement.bind(document);
  document.createElement = (kind, options) => {
    const made = make(kind, options);
    if (kind === "style") made.nonce = nonce; // The terminal's own rules are the only style elements of this page.
    return made;
  };

  const glass = document.getElementById("glass");
  const ended = document.getElementById("ended");
  const keyboard = document.getElementById("keyboard");
  const { Terminal, FitAddon, CanvasAddon, Unicode11Addon } = window.clerkXterm;
  const FONT = "'Clerk Mono', 'DejaVu Sans Mono', Menlo, Consolas, monospace";
  const AGAIN_MS = [500, 1000, 2000, 4000, 8000];

  // Eighty columns across the short side of any tablet; letters never smaller than 12 pixels.
  const letters = () => Math.max(12, Math.min(22, Math.floor(Math.min(innerWidth, innerHeight) / 48)));

  try {
    await Promise.all([document.fonts.load("16px 'Clerk Mono'"), document.fonts.load("bold 16px 'Clerk Mono'")]);
  } catch (error) {
    console.warn("the counter's font did not load; the tablet's own is used");
  }

  const term = new Terminal({
    allowProposedApi: true, cursorBlink: false, customGlyphs: true, fontFamily: FONT, fontSize: letters(),
    linkHandler: { activate() {} }, logLevel: "off", scrollback: 0, theme: { background: "#14171a" },
  });
  const fit = new FitAddon();
  term.loadAddon(fit);
  term.loadAddon(new Unicode11Addon());
  term.unicode.activeVersion = "11";
  term.open(glass);
  term.loadAddon(new CanvasAddon());
  fit.fit();
  glass.clerk = { term };

  let socket = null;
  let tries = 0;
  const send = (text) => {
    if (socket && socket.readyState === WebSocket.OPEN) socket.send(text);
  };

  const over = (why, label) => {
    document.getElementById("why").textContent = why;
    document.getElementById("again").textContent = label;
    ended.hidden = false;
  };

  const connect = () => {
    const url = new URL("/glass", location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    url.searchParams.set("width", term.cols);
    url.searchParams.set("height", term.rows);
    socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    let came = false;
    socket.onmessage = (event) => {
      if (!came) {
        came = true;
        tries = 0;
        ended.hidden = true;
      }
      term.write(new Uint8Array(event.data));
    };
    socket.onclose = (event) => {
      term.reset(); // Nothing of a member stays on a glass that nobody draws.
      if (event.code === 4001) location.reload();
      else if (event.code === 4000) over("This counter was opened on another page of this tablet.", "Go on here");
      else if (event.code === 1008) over("This page sent too much at once.", "Open it again");
      else if (tries < AGAIN_MS.length) {
        over("No connection to the counter. Trying again …", "Try now");
        const number = tries++;
        setTimeout(() => { if (tries === number + 1 && !ended.hidden) connect(); }, AGAIN_MS[number]);
      } else over("No connection to the counter. What showed “recorded” is kept.", "Try again");
    };
  };

  document.getElementById("again").addEventListener("click", () => location.reload());

  term.onData((data) => send("keys:" + data));
  term.onResize(({ cols, rows }) => send(`size:${cols}x${rows}`));

  let waiting = 0;
  const turned = () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(() => {
      if (term.options.fontSize !== letters()) term.options.fontSize = letters();
      fit.fit();
    });
  };
  new ResizeObserver(turned).observe(glass);

  // The tablet's keyboard comes up only when it is asked for: scanners type without one.
  const area = term.textarea;
  area.inputMode = "none";
  keyboard.addEventListener("click", () => {
    const wanted = area.inputMode === "none";
    area.inputMode = wanted ? "text" : "none";
    keyboard.setAttribute("aria-pressed", String(wanted));
    area.blur();
    term.focus();
  });
  // A scanner types into whatever has the focus, so the glass keeps it.
  document.addEventListener("keydown", (event) => {
    if (document.activeElement === document.body) term.focus();
  }, true);
  addEventListener("focus", () => term.focus());
  term.focus();

  // A finger that moves turns the list, a finger that stays taps.
  let from = null;
  let moved = false;
  glass.addEventListener("touchstart", (event) => {
    from = event.touches.length === 1 ? event.touches[0].clientY : null;
    moved = false;
  }, { passive: true });
  glass.addEventListener("touchmove", (event) => {
    if (from === null) return;
    const row = glass.clientHeight / term.rows;
    while (Math.abs(event.touches[0].clientY - from) > row) {
      const down = event.touches[0].clientY < from;
      from += down ? -row : row;
      moved = true;
      send(`keys:\x1b[<${down ? 65 : 64};1;1M`);
    }
  }, { passive: true });
  glass.addEventListener("touchend", (event) => {
    if (moved) event.preventDefault();
  });
  glass.addEventListener("contextmenu", (event) => event.preventDefault());

  try {
    const name = document.body.dataset.name;
    const names = JSON.parse(localStorage.getItem("clerk-names") || "[]").filter((one) => one !== name);
    localStorage.setItem("clerk-names", JSON.stringify([name, ...names].slice(0, 6)));
  } catch (error) {
    console.warn("names are not remembered on this tablet");
  }
  connect();
})();
