import { findRuleEntities } from '../../../lib/ner';
import { thrown } from '../../helpers/errors';

/** DATE as "words = ISO". */
const found = (text: string) =>
  findRuleEntities(text)
    .filter(({ label }) => label === 'DATE')
    .map(({ start, end, value }) => {
      const words = text.slice(start, end);
      return value?.kind === 'date' ? `${words} = ${value.iso}` : words;
    });

test.each([
  // days
  [
    'on 1996-08-22, 2020/3/1, 2024.05.06',
    '1996-08-22 = 1996-08-22',
    '2020/3/1 = 2020-03-01',
    '2024.05.06 = 2024-05-06',
  ],
  ['at 2020-01-02T10:00:00Z', '2020-01-02T10:00:00Z = 2020-01-02T10:00:00Z'],
  ['2020-01-02 10:30+0100', '2020-01-02 10:30+0100 = 2020-01-02T10:30+0100'],
  [
    '12/31/2020 or 31/12/2020 or 1.2.2020',
    '12/31/2020 = 2020-12-31',
    '31/12/2020 = 2020-12-31',
    '1.2.2020 = 2020-02-01',
  ],
  ['03/04/21', '03/04/21'],
  ['25-Dec-2023', '25-Dec-2023 = 2023-12-25'],
  ['Friday, August 22nd, 1996.', 'Friday, August 22nd, 1996 = 1996-08-22'],
  ['the 22nd of Aug 1996', '22nd of Aug 1996 = 1996-08-22'],
  ['May 17; january 5; JANUARY 5, 2020', 'May 17 = --05-17', 'january 5 = --01-05', 'JANUARY 5, 2020 = 2020-01-05'],
  ['may 5th, march 3, 2021, 5 may 2021', 'may 5th = --05-05', 'march 3, 2021 = 2021-03-03', '5 may 2021 = 2021-05-05'],
  ['Nov. 29 , 2016', 'Nov. 29 , 2016 = 2016-11-29'],
  ['February 30, 2020', 'February 30, 2020'],
  // intervals
  ['5-7 May 2021', '5-7 May 2021 = 2021-05-05/2021-05-07'],
  ['October 25 - 26 , 2016', 'October 25 - 26 , 2016 = 2016-10-25/2016-10-26'],
  ['May 30 to June 2, 2021', 'May 30 to June 2, 2021 = 2021-05-30/2021-06-02'],
  ['30 May to 2 June 2021', '30 May to 2 June 2021 = 2021-05-30/2021-06-02'],
  ['May 15 - 24', 'May 15 - 24 = --05-15/--05-24'],
  ['March to August 2011', 'March to August 2011 = 2011-03/2011-08'],
  ['1999-2004, 2021-22, 1892–94', '1999-2004 = 1999/2004', '2021-22 = 2021/2022', '1892–94 = 1892/1894'],
  ['between 1990 and 1995', '1990 and 1995 = 1990/1995'],
  ['from 1990 to 1995', '1990 to 1995 = 1990/1995'],
  ['at 1100 ft, 5,000 years ago', '5,000 years ago'],
  ['2020-01-02/2020-03-04', '2020-01-02/2020-03-04 = 2020-01-02/2020-03-04'],
  ['5 May 2020-7 June 2021', '5 May 2020-7 June 2021 = 2020-05-05/2021-06-07'],
  ['May 5, 2020 – June 7, 2021', 'May 5, 2020 – June 7, 2021 = 2020-05-05/2021-06-07'],
  [
    'May 2020-June 2021; from May 2020 to June 2021',
    'May 2020-June 2021 = 2020-05/2021-06',
    'May 2020 = 2020-05',
    'June 2021 = 2021-06',
  ],
  [
    '5 May 2020-present; May 5, 2020-present; May 2020-present',
    '5 May 2020 = 2020-05-05',
    'May 5, 2020 = 2020-05-05',
    'May 2020 = 2020-05',
  ],
  ['between May and September 2019', 'May and September 2019 = 2019-05/2019-09'],
  ['between 5 and 7 May 2021', '5 and 7 May 2021 = 2021-05-05/2021-05-07'],
  ['between May 30 and June 2, 2021', 'May 30 and June 2, 2021 = 2021-05-30/2021-06-02'],
  ['in May and September 2019', 'May', 'September 2019 = 2019-09'],
  [
    'the first of January 2020; Twenty-Fifth of December',
    'first of January 2020 = 2020-01-01',
    'Twenty-Fifth of December = --12-25',
  ],
  // months and years
  ['March 2021; late March 2021', 'March 2021 = 2021-03', 'late March 2021 = 2021-03'],
  ['2021-03; 2011-12', '2021-03 = 2021-03', '2011-12'],
  ['in 1999, 2001 and 2003 (2004)', '1999 = 1999', '2001 = 2001', '2003 = 2003', '2004 = 2004'],
  ['early 2020, mid-2021', 'early 2020 = 2020', 'mid-2021 = 2021'],
  ['44 BC, 300-200 BC, AD 79', '44 BC = -0043', '300-200 BC = -0299/-0199', 'AD 79 = 0079'],
  // decades, centuries, quarters
  ['the 1990s, early 1980s, 1980s-90s', '1990s = 1990/1999', 'early 1980s = 1980/1989', '1980s-90s = 1980/1999'],
  ["the '90s and the 60s; the 1900s", "'90s", '60s', '1900s'],
  ['the 19th century', '19th century = 1801/1900'],
  ['the eighteenth and nineteenth centuries', 'eighteenth and nineteenth centuries = 1701/1900'],
  ['the 3rd century BC', '3rd century BC'],
  [
    'Q4 of 2023, Q3 2023, 2023-Q1',
    'Q4 of 2023 = 2023-10/2023-12',
    'Q3 2023 = 2023-07/2023-09',
    '2023-Q1 = 2023-01/2023-03',
  ],
  ['the third quarter of 2020; H1 2023', 'third quarter of 2020 = 2020-07/2020-09', 'H1 2023 = 2023-01/2023-06'],
  ['FY2023, fiscal 2022, sales rose in Q3', 'FY2023', 'fiscal 2022', 'Q3'],
  ["3Q24, Q3 '24, Q3'24, FY24", '3Q24', "Q3 '24", "Q3'24", 'FY24'],
  ['its third quarter; third-quarter profit', 'third quarter', 'third-quarter'],
  ['in the first quarter of last year', 'first quarter of last year'],
  ['in Q3 24% more', 'Q3'],
  ['the summer of 2017', 'summer of 2017'],
  // from now
  ['three days ago, last night, this morning', 'three days ago', 'last night', 'this morning'],
  ['on Monday, yesterday, next week', 'Monday', 'yesterday', 'next week'],
  ['Today we met; monday; the past 24 hours', 'Today', 'monday', 'past 24 hours'],
  ['early next year, a week ago, the day before yesterday', 'early next year', 'a week ago', 'day before yesterday'],
  ['next Tuesday night; Saturday mornings', 'next Tuesday night', 'Saturday mornings'],
  ['On Monday Apple said; in January Tim left', 'Monday', 'January'],
  ['at Christmas; in May', 'Christmas', 'May'],
  [
    'Christmas Eve 2019, Thanksgiving 2020, Boxing Day',
    'Christmas Eve 2019 = 2019-12-24',
    'Thanksgiving 2020',
    'Boxing Day = --12-26',
  ],
  ['66 million years ago, a hundred years ago', '66 million years ago', 'a hundred years ago'],
  ['twenty-five years later, 2.5 billion years ago', 'twenty-five years later', '2.5 billion years ago'],
  ['half a century ago, a year and a half ago', 'half a century ago', 'a year and a half ago'],
  ['three and a half years ago, thousands of years ago', 'three and a half years ago', 'thousands of years ago'],
])('%j', (text, ...expected) => {
  expect(found(text)).toEqual(expected);
});

test.each([
  'June Carter, August Wilson, April Ludgate, Wednesday Addams, January Jones',
  'by June Carter',
  'the Sunday Times, USA Today, The Today Show, Monday.com, Black Friday',
  'in 2000 metres, in 1500 cases, of 1709 schoolchildren, Windows 2000, Room 1990, 555-1234',
  'they may march on, it may 5 times, I march 5 miles, May 5 minutes pass?',
  'this time, version 2.0.1, 24/7, 10.5.2, the Audi Q3, 2021-15',
  'room 1234, 5 people, 10 things',
  'a third quarter-final, the first quarter of a century',
])('no date in %j', (text) => {
  expect(found(text)).toEqual([]);
});

test('refuses what is no text', () => {
  expect(thrown(() => findRuleEntities(null as never))).toMatchObject({
    name: 'ArgumentError',
    message: 'Expected `text` to be a string, received null.',
  });
});

test('takes hundreds of thousands of entities', () => {
  expect(findRuleEntities('$1 '.repeat(250_000))).toHaveLength(250_000);
});
