// Before the first paint: the theme this tablet chose, dark in service unless it chose light.
try { document.documentElement.dataset.theme = localStorage.getItem('theme') || 'dark'; } catch { /* private window */ }
