"use strict";
// The PIN pad, and the names that signed in on this tablet before. Without this script the form works with a keyboard.
(() => {
  const name = document.getElementById("name");
  const pin = document.getElementById("pin");
  for (const key of document.querySelectorAll("#pad button")) {
    key.addEventListener("click", () => {
      const what = key.dataset.key;
      if (what === "Clear") pin.value = "";
      else if (what === "⌫") pin.value = pin.value.slice(0, -1);
      else pin.value += what;
    });
  }
  let names = [];
  try {
    names = JSON.parse(localStorage.getItem("clerk-names") || "[]").filter((one) => typeof one === "string").slice(0, 6);
  } catch (error) {
    names = []; // Storage is switched off on this tablet: names are typed.
  }
  for (const one of names) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = one;
    button.addEventListener("click", () => {
      name.value = one;
      pin.value = "";
      pin.focus({ preventScroll: true });
    });
    document.getElementById("known").append(button);
  }
  // A pad is on the page, so the tablet's own keyboard need not cover half of it.
  if (matchMedia("(pointer: coarse)").matches) pin.inputMode = "none";
})();
