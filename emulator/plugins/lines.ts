// Lines of a trace, written in bulk: a plugin that prints an event a line would write to the host at each.

import type { PluginApi } from '../plugin/api.ts';

const CHUNK = 1 << 15;

export class Lines {
  private readonly api: Pick<PluginApi, 'outs'>;
  private text = '';

  constructor(api: Pick<PluginApi, 'outs'>) {
    this.api = api;
  }
  put(text: string): void {
    this.text += text;
    if (this.text.length >= CHUNK) this.flush();
  }
  flush(): void {
    if (this.text !== '') this.api.outs(this.text);
    this.text = '';
  }
}
