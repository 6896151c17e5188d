// Before the first paint, so that a chosen theme does not flash in; a file of its own, because the server allows no inline script.
const theme = localStorage.getItem("droid.theme");
if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
