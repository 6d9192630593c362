// An independent card-meter web service, made by the npm package soap from the WSDL, with
// a ledger of a few lines. Its answers are GB18030 if asked for: a front converts both
// ways, as an old application server does.
//
//   node server.js WSDL utf8|gb18030 text|digest 11|12
//
// It prints its port, and ends with its standard input.
'use strict';

const crypto = require('crypto');
const fs = require('fs');
const http = require('http');
const iconv = require('iconv-lite');
const soap = require('soap');

const [wsdl, charset, kind, version] = process.argv.slice(2);
const user = 'kiosk', password = '合肥 & <1>';
const sales = new Map();

function answer(status, message, data) {
  return data ? { status, message, data } : { status, message };
}

function sold(s) {
  return { serialNo: s.serialNo, saleNo: s.saleNo, cardNo: s.cardNo, buyTimes: s.buyTimes, purseAmt: s.amt, energy: '0.00', rcvAmt: s.amt };
}

const operations = {
  Quote(a) {
    const c = a.data;
    if (c.cardNo !== '0000000000000001') return answer('9002', '非本系统卡');
    return answer('0000', '成功', {
      cardNo: c.cardNo, consNo: '1000000003', consName: '刘建国', elecAddr: '示范市建设路25号 <甲> & 乙',
      oweAmt: '0.00', minAmt: '1.00', maxAmt: '1987.50', stepAmt: '0.00', fixedAmt: '0.00',
      ladder: [{ upTo: '2600.00', price: '48.83' }, { upTo: '0.00', price: '78.83' }],
    });
  },
  Sell(a) {
    const o = a.data;
    if (!sales.has(o.serialNo)) {
      sales.set(o.serialNo, {
        serialNo: o.serialNo, saleNo: 'N' + (sales.size + 1), cardNo: o.card.cardNo, buyTimes: Number(o.card.buyTimes) + 1, amt: o.amt,
        consNo: o.consNo, date: o.acctDate, reversed: false, written: '',
      });
    }
    return answer('0000', '成功', sold(sales.get(o.serialNo)));
  },
  GetPayResult(a) {
    const s = sales.get(a.data.serialNo);
    if (!s) return answer('1009', '无记录');
    return answer(s.reversed ? '1007' : '0000', s.reversed ? '已冲正' : '成功', sold(s));
  },
  PayCancel(a) {
    const s = sales.get(a.data.oldSerialNo);
    if (!s) throw { Fault: { faultcode: 'soap:Server', faultstring: '无效冲正', detail: { errorCode: '9007' } } };
    s.reversed = true;
    return answer('0000', '成功', { serialNo: a.data.serialNo, oldSerialNo: a.data.oldSerialNo, acctDate: a.data.acctDate });
  },
  WriteUp(a) {
    const o = a.data;
    if (Number(o.round) === 0) {
      return answer('0000', '成功', {
        serialNo: o.serialNo, cardNo: o.card.cardNo, round: 0, last: false,
        steps: [{ op: 'apdu', data: '0084000008', area: 0, address: 0, length: 0, expect: '9000', save: 'challenge', changes: false, purse: false }],
      });
    }
    const saved = [].concat(o.saved || []);
    return answer('0000', '成功', {
      serialNo: o.serialNo, cardNo: o.card.cardNo, round: Number(o.round), last: true,
      steps: [{ op: 'write', data: saved[0].data, area: 0, address: 32, length: 0, changes: true, purse: true }],
    });
  },
  WriteCardCallback(a) {
    sales.get(a.data.serialNo).written = a.data.writeCardFlag;
    return answer('0000', '成功', { serialNo: a.data.serialNo });
  },
  CashCheck(a) {
    const day = [...sales.values()].filter((s) => s.date === a.data.acctDate);
    const fen = day.filter((s) => !s.reversed).reduce((sum, s) => sum + Math.round(Number(s.amt) * 100), 0);
    return answer('0000', '成功', {
      acctDate: a.data.acctDate, count: day.filter((s) => !s.reversed).length, sum: (fen / 100).toFixed(2),
      sales: day.map((s) => ({ serialNo: s.serialNo, consNo: s.consNo, amt: s.amt, buyTimes: s.buyTimes, reversed: s.reversed, writeCardFlag: s.written })),
    });
  },
};

function valueOf(x) { return x && typeof x === 'object' ? x.$value : x; }

function authenticate(security) {
  const t = security && security.UsernameToken;
  if (!t || valueOf(t.Username) !== user) return false;
  const type = t.Password.attributes ? t.Password.attributes.Type : '';
  if (!type.endsWith(kind === 'digest' ? '#PasswordDigest' : '#PasswordText')) return false;
  if (kind !== 'digest') return valueOf(t.Password) === password;
  const h = crypto.createHash('sha1').update(Buffer.from(valueOf(t.Nonce), 'base64')).update(valueOf(t.Created)).update(password, 'utf8');
  return h.digest('base64') === valueOf(t.Password);
}

const inner = http.createServer((req, res) => { res.statusCode = 404; res.end(); });
inner.listen(0, '127.0.0.1', () => {
  const service = soap.listen(inner, {
    path: '/cardmeter', xml: fs.readFileSync(wsdl, 'utf8'), forceSoap12Headers: version === '12',
    services: { CardMeterService: { CardMeter11: operations, CardMeter12: operations } },
  });
  service.authenticate = authenticate;
});

function forward(body, headers, done) {
  const req = http.request({ port: inner.address().port, host: '127.0.0.1', path: '/cardmeter', method: 'POST', headers }, (res) => {
    const parts = [];
    res.on('data', (p) => parts.push(p));
    res.on('end', () => done(res, Buffer.concat(parts)));
  });
  req.end(body);
}

const front = http.createServer((req, res) => {
  const parts = [];
  req.on('data', (p) => parts.push(p));
  req.on('end', () => {
    let text = iconv.decode(Buffer.concat(parts), charset);
    text = text.replace(/encoding="[^"]*"/, 'encoding="UTF-8"');
    const headers = { 'Content-Type': version === '12' ? 'application/soap+xml; charset=utf-8' : 'text/xml; charset=utf-8', SOAPAction: req.headers.soapaction || '' };
    forward(Buffer.from(text, 'utf8'), headers, (out, body) => {
      const named = body.toString('utf8').replace(/encoding="utf-8"/i, `encoding="${charset === 'utf8' ? 'UTF-8' : 'GB18030'}"`);
      res.statusCode = out.statusCode;
      res.setHeader('Content-Type', `text/xml; charset=${charset === 'utf8' ? 'utf-8' : 'GB18030'}`);
      res.end(iconv.encode(named, charset));
    });
  });
});
front.listen(0, '127.0.0.1', () => console.log(front.address().port));

process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
