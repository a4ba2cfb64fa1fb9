import { onceMended } from './mended.mjs';

export const certificate = {
  name: 'I1 the certificate is equal, to the cent',
  async check({ shop }) {
    const answer = await onceMended(() => shop.admin.post('/admin/audit', {}, 120_000));
    if (answer.status !== 200) return [`the audit was answered ${answer.status} ${answer.code ?? ''}`];
    return answer.body.equal === true ? [] : [`the certificate is not equal: ${JSON.stringify(answer.body).slice(0, 1_500)}`];
  },
};
