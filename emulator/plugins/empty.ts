// Sees every block and does nothing: what the plugin engine costs by itself.

import { API_VERSION, type PluginModule } from '../plugin/api.ts';

const plugin: PluginModule = {
  name: 'empty',
  apiVersion: API_VERSION,
  summary: 'does nothing at every translation: the overhead to compare with',
  args: {},
  install(api) {
    api.onTbTrans(() => {});
  },
};
export default plugin;
