// Resets itself at the first block, registers again, uninstalls itself at the next one: the life cycle's self-test.

import { API_VERSION, type PluginModule } from '../plugin/api.ts';

const plugin: PluginModule = {
  name: 'reset',
  apiVersion: API_VERSION,
  summary: 'resets itself, registers again, uninstalls itself',
  args: {},
  install(api) {
    let phase: 'first' | 'reset' | 'gone' = 'first';

    const afterUninstall = (): void => {
      phase = 'gone';
      api.outs('uninstall done\n');
      // Nothing that is registered now counts: these are the plugin's last words.
      api.onTbTrans(() => {
        throw new Error('called after it was uninstalled');
      });
      api.outs('plugin exit\n');
    };
    const afterReset = (): void => {
      phase = 'reset';
      api.outs('reset done\n');
      api.onTbTrans((tb) => tb.onExec(() => api.uninstall(afterUninstall)));
    };

    api.onTbTrans((tb) =>
      tb.onExec(() => {
        // Callbacks may still come until translated code is gone, but never after that.
        if (phase !== 'first') throw new Error('called after its reset was done');
        api.reset(afterReset);
      }),
    );
  },
};
export default plugin;
