/** The end of `moonbase serve --help` and of that of `record`. Written out here, because help must not wait for the server to load. */

export const ENVIRONMENT_HELP = `
Environment (an option comes before its variable, a variable before the file):
  MOONBASE_CONFIG, MOONBASE_HOST, MOONBASE_PORT, MOONBASE_DATA, MOONBASE_LOG_LEVEL,
  MOONBASE_ALLOW_DEVELOPMENT_KEYS=1
                              as the options above
  MOONBASE_API_KEY            an API key for clients, in place of the generated one
  MOONBASE_ADMIN_KEY          the operator's key, in place of the generated one
  MOONBASE_STORE              where accounts are kept: sqlite:<file>, postgres://…, memory or none
  MOONBASE_FILES              where files are kept: file:<folder>, s3://<bucket>/<prefix> or memory
  MOONBASE_LIMITS             where requests are counted: memory or redis://…
  MOONBASE_LIMITS_FAIL        open (default) or closed: whether requests are let in while redis:// is away
  MOONBASE_UPSTREAM           the base address of the server that answers: http://10.0.0.5:8000/v1;
                              auto uses the engine that runs on this machine
  MOONBASE_UPSTREAM_KEY       the key for it
  MOONBASE_UPSTREAM_FLAVOUR   generic (default), vllm, sglang, ktransformers, llama-server, moonshot, cloudflare
                              or oxen
  MOONBASE_UPSTREAM_MODEL     what it calls the model
  MOONBASE_DISCOVER=0         with nothing set, do not look for engines that run on this machine
  MOONBASE_MODEL              a GGUF file, which this machine then runs itself
  MOONBASE_TOKENIZER          the model's vocabulary, for exact token counts: a tiktoken.model file
  MOONBASE_SCENARIOS          scenario files of the offline engine: a.yaml,b.yaml
  MOONBASE_CASSETTES          cassettes of the replay engine: a.jsonl,b.jsonl
  MOONBASE_LENIENT            drop-fixed-sampling, ignore-unknown-fields, accept-empty-reasoning, relax-schema,
                              developer-as-system, clamp-budget, repair-tools, partial-at-top,
                              fetch-image-urls, restore-reasoning
  MOONBASE_ALLOW_LENIENT_HEADER=0
                              requests may not ask for such a switch themselves
  MOONBASE_WEB=0              no workbench is served
  MOONBASE_SHUTDOWN_TIMEOUT   how long running answers may go on at the end: 30s
  MOONSHOT_API_KEY            without any of the above and without "engines" in the file:
                              the hosted platform answers, kimi-k2.6 in place of kimi-k2.5
  CLOUDFLARE_API_TOKEN, CLOUDFLARE_ACCOUNT_ID, OXEN_API_KEY
                              likewise: Cloudflare or Oxen answers

Without a file and without any of these, the offline engine answers, which runs no model; an engine that runs on this
machine at its usual port is named.
`
