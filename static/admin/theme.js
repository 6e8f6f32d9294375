// Before the first paint: the office is light unless this person made it dark; the floor's own choice is left alone.
try { document.documentElement.dataset.theme = localStorage.getItem('theme-admin') || 'light'; } catch { /* private window */ }
