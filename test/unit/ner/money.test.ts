import { findRuleEntities } from '../../../lib/ner';

/** MONEY and PERCENT as "words = low..high currency". */
const found = (text: string) =>
  findRuleEntities(text)
    .filter(({ label }) => label !== 'DATE')
    .map(({ start, end, value }) => {
      const words = text.slice(start, end);
      if (value === undefined) return words;
      if (value.kind === 'money')
        return `${words} = ${value.amount}${value.to === undefined ? '' : `..${value.to}`} ${value.currency}`;
      if (value.kind === 'percent')
        return `${words} = ${value.fraction}${value.to === undefined ? '' : `..${value.to}`}`;
      return 'a date';
    });

test.each([
  ['$3.5 million', '$3.5 million = 3500000 USD'],
  ['US$1,250.75 and EUR 20', 'US$1,250.75 = 1250.75 USD', 'EUR 20 = 20 EUR'],
  ['£2bn, 3 million euros', '£2bn = 2000000000 GBP', '3 million euros = 3000000 EUR'],
  ['$2T, $5MM, $100k', '$2T = 2000000000000 USD', '$5MM = 5000000 USD', '$100k = 100000 USD'],
  ['$1.2 Bn, $ 104 k, €3 Mn', '$1.2 Bn = 1200000000 USD', '$ 104 k = 104000 USD', '€3 Mn = 3000000 EUR'],
  [
    '$5 mil, £1.5trn, 2 bln euros',
    '$5 mil = 5000000 USD',
    '£1.5trn = 1500000000000 GBP',
    '2 bln euros = 2000000000 EUR',
  ],
  [
    '$5½ million, $2½, 3 1/2 million euros',
    '$5½ million = 5500000 USD',
    '$2½ = 2.5 USD',
    '3 1/2 million euros = 3500000 EUR',
  ],
  ['Rs.500/-, Rs.1,00,000', 'Rs.500 = 500 INR', 'Rs.1,00,000 = 100000 INR'],
  // Three decimals, or thousands: by whose money it is, else it has no value.
  [
    '$3.125, Rp 20.000, €20.000, €1.250 million',
    '$3.125 = 3.125 USD',
    'Rp 20.000',
    '€20.000',
    '€1.250 million = 1250000 EUR',
  ],
  ['$.50, $1.1 billion', '$.50 = 0.5 USD', '$1.1 billion = 1100000000 USD'],
  ['a loss of -$5, $-5, (−£3)', '-$5 = -5 USD', '$-5 = -5 USD', '−£3 = -3 GBP'],
  // Indian, continental and spaced digits
  ['₹500 crore, ₹1.5 lakh', '₹500 crore = 5000000000 INR', '₹1.5 lakh = 150000 INR'],
  ['₹1,00,000 and Rs. 500 crore', '₹1,00,000 = 100000 INR', 'Rs. 500 crore = 5000000000 INR'],
  ['₹2 lakh crore, Rs 500', '₹2 lakh crore = 2000000000000 INR', 'Rs 500 = 500 INR'],
  ['€1.234,56 or 1.234,56 €', '€1.234,56 = 1234.56 EUR', '1.234,56 € = 1234.56 EUR'],
  ['€ 4,99; €1 000 000; 250 000 euros', '€ 4,99 = 4.99 EUR', '€1 000 000 = 1000000 EUR', '250 000 euros = 250000 EUR'],
  ["CHF 1'000.50", "CHF 1'000.50 = 1000.5 CHF"],
  // Digits that cannot be read leave no value.
  ['$1,2345', '$1,2345'],
  // whose
  [
    'N500 million, R2bn, KSh 300, Tk 20 crore',
    'N500 million = 500000000 NGN',
    'R2bn = 2000000000 ZAR',
    'KSh 300 = 300 KES',
    'Tk 20 crore = 200000000 BDT',
  ],
  ['more than $4 million, over 9 billion euros', '$4 million = 4000000 USD', '9 billion euros = 9000000000 EUR'],
  ['NT$300, CN¥100, HK$5', 'NT$300 = 300 TWD', 'CN¥100 = 100 CNY', 'HK$5 = 5 HKD'],
  ['QX$5', 'QX$5 = 5 null'],
  ['US $ 5 million , A $5 note', 'US $ 5 million = 5000000 USD', '$5 = 5 USD'],
  ['20 Canadian dollars, 100 U.S. dollars', '20 Canadian dollars = 20 CAD', '100 U.S. dollars = 100 USD'],
  ['5 million Lebanese pounds', '5 million Lebanese pounds = 5000000 LBP'],
  ['5 Bhutanese dollars, 10 pesos', '5 Bhutanese dollars = 5 null', '10 pesos = 10 null'],
  ['10 kronor, 5 BTC, 3 bn yuan', '10 kronor = 10 SEK', '5 BTC = 5 BTC', '3 bn yuan = 3000000000 CNY'],
  ['¥3 bn yuan; $5 USD; AUD $5', '¥3 bn yuan = 3000000000 CNY', '$5 USD = 5 USD', 'AUD $5 = 5 AUD'],
  ['50p, 5¢, 50 cents', '50p = 0.5 GBP', '5¢ = 0.05 USD', '50 cents = 0.5 USD'],
  // in words
  ['five thousand dollars', 'five thousand dollars = 5000 USD'],
  ['two and a half million dollars', 'two and a half million dollars = 2500000 USD'],
  ['half a million pounds', 'half a million pounds = 500000 GBP'],
  ['one hundred fifty dollars', 'one hundred fifty dollars = 150 USD'],
  ['two thousand five hundred dollars', 'two thousand five hundred dollars = 2500 USD'],
  ['twenty-five dollars or a dollar', 'twenty-five dollars = 25 USD', 'a dollar = 1 USD'],
  ['a million and a half dollars', 'a million and a half dollars = 1500000 USD'],
  ['three quarters of a million euros', 'three quarters of a million euros = 750000 EUR'],
  ['millions of dollars, several million dollars', 'millions of dollars', 'several million dollars'],
  ['hundreds of thousands of euros', 'hundreds of thousands of euros'],
  // ranges
  ['$1.5-2 billion', '$1.5-2 billion = 1500000000..2000000000 USD'],
  ['$5-$10 million', '$5-$10 million = 5000000..10000000 USD'],
  ['$500-$1 million', '$500-$1 million = 500..1000000 USD'],
  ['$5 to $10; $ 1.5 - 2 billion', '$5 to $10 = 5..10 USD', '$ 1.5 - 2 billion = 1500000000..2000000000 USD'],
  ['two to three million dollars', 'two to three million dollars = 2000000..3000000 USD'],
  ['between $5 and $10', '$5 and $10 = 5..10 USD'],
  ['from $5 to $10', '$5 = 5 USD', '$10 = 10 USD'],
  ['paid $5 to 10 people', '$5 = 5 USD'],
  // percent
  ['12.3% and 7 percent', '12.3% = 0.123', '7 percent = 0.07'],
  ['five percent, ten per cent, half a percent', 'five percent = 0.05', 'ten per cent = 0.1', 'half a percent = 0.005'],
  ['12½%, 6 1/2% notes, 1/2 percent, ¾%', '12½% = 0.125', '6 1/2% = 0.065', '1/2 percent = 0.005', '¾% = 0.0075'],
  ['a 5-percentage-point rise', '5-percentage-point = 0.05'],
  ['5-10% or 5 to 10 percent', '5-10% = 0.05..0.1', '5 to 10 percent = 0.05..0.1'],
  ['fell -5%, 12.3% -5%', '-5% = -0.05', '12.3% = 0.123', '-5% = -0.05'],
  ['from 5% to 10 %, 2 percentage points', '5% = 0.05', '10 % = 0.1', '2 percentage points = 0.02'],
  // what means other things too
  ['50,000 won and 5 million won', '50,000 won = 50000 KRW', '5 million won = 5000000 KRW'],
  ['paid 200 pounds, it cost £5', '200 pounds = 200 GBP', '£5 = 5 GBP'],
  ['2 million pounds of debt', '2 million pounds = 2000000 GBP'],
  ['20 bucks, 50 rand, 5 reais', '20 bucks = 20 USD', '50 rand = 50 ZAR', '5 reais = 5 BRL'],
  ['TRY 10', 'TRY 10 = 10 TRY'],
])('%j', (text, ...expected) => {
  expect(found(text)).toEqual(expected);
});

test.each([
  'a real success',
  '3 won games, 5 won medals, 2,000 won prizes',
  'try 10 more, PLEASE TRY 10 MORE',
  '200 pounds of weight, a pound of flesh, he weighs 200 pounds, a 10-pound baby, lost 20 pounds',
  '2 million pounds of beef',
  '50 Cent sang, the 2020 Euro final, a dollar sign, pass a buck',
  'R2 and N95, P 500 million people, K2',
  'room 1234, 5 people, 10 things, 1080p, v5 dollars',
  '$',
  '5 of dollars',
])('no money in %j', (text) => {
  expect(found(text)).toEqual([]);
});
