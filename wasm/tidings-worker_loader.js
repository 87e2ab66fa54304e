// The worker's first script: loads the engine, which greets the page when it is ready.
importScripts("./tidings-worker.js");
wasm_bindgen({ module_or_path: "./tidings-worker_bg.wasm" });
