/** The page. Everything in it is made by its script, so that no data ever passes through markup. */
export const page: string = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Runs</title>
<link rel="icon" href="/viewer/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/viewer/styles.css">
<script type="module" src="/viewer/app/main.js"></script>
</head>
<body>
<noscript><p>The viewer needs JavaScript. The data is below /api/public, as in Langfuse.</p></noscript>
</body>
</html>
`;

/** The picture of its tab. */
export const icon: string = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#2457c5"/><path d="M8 9h16M12 16h12M16 23h8" stroke="#fff" stroke-width="3" stroke-linecap="round"/></svg>`;
