import { ServiceFault } from '../service-fault.ts';

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const PROPERTY = /^([a-z.]+)=(.*)$/;

/** A topic's settings, as MSK takes them: lines of `name=value`, as base64. @throws ServiceFault */
export function decodeConfigs(configs: string): Record<string, string> {
  if (!BASE64.test(configs)) throw new ServiceFault('BadRequestException', 'Configs is not valid Base64.');
  const lines = Buffer.from(configs, 'base64').toString('utf8').split('\n').filter(Boolean);
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, value] = PROPERTY.exec(line) ?? [];
      if (name === undefined) throw new ServiceFault('BadRequestException', `'${line}' is no topic configuration.`);
      return [name, value];
    }),
  ) as Record<string, string>;
}

export function encodeConfigs(configs: Record<string, string>): string {
  const lines = Object.entries(configs).map(([name, value]) => `${name}=${value}`);
  return Buffer.from(lines.join('\n')).toString('base64');
}
