import type { Macro } from '../macro.ts'
import { category } from './define.ts'

const math = category('math')

export const mathMacros: readonly Macro[] = [
  math('add', ['x → +x', 'x, y → x + y'], 'The sum of both.', 'add(2, 3)'),
  math('subtract', ['x → -x', 'x, y → x - y'], 'The first less the second.', 'subtract(5, 3)'),
  math('multiply', 'x, y → x * y', 'The product of both.', 'multiply(2, 3)'),
  math('div', 'x, y → trunc(x / y)', 'The quotient without its fraction.', 'div(7, 2)'),
  math('fdiv', 'x, y → floor(x / y)', 'The quotient, rounded down.', 'fdiv(5, 2)'),
  math('fmod', 'x, y → x - y * floor(x / y)', 'What is left of the quotient rounded down.', 'fmod(5, 2)'),
  math('pmod', 'x, y → ((x % y) + y) % y', 'The remainder, never negative.', 'pmod(-7, 3)'),
  math(
    'round_even',
    [
      'x → CASE WHEN (abs(x) * 10) % 10 = 5 THEN round(x / 2) * 2 ELSE round(x) END',
      'x, n → CASE WHEN (abs(x) * power(10, n + 1)) % 10 = 5 THEN round(x / 2, n) * 2 ELSE round(x, n) END',
    ],
    'Rounded to so many decimals; halves go to the even neighbour.',
    'round_even(24.5, 0)',
    ['roundbankers', 'rint'],
  ),
  math(
    'signbit',
    "x → CAST(CAST(x AS DOUBLE) AS VARCHAR) LIKE '-%'",
    'Whether the number has a minus sign, -0 too.',
    'signbit(-1.0)',
  ),
  math('iszero', 'x → x = 0', 'Whether the number is 0.', 'iszero(0.0)'),
  math(
    'nanvl',
    'x, y → CASE WHEN isnan(x) THEN y ELSE x END',
    'The second number where the first is NaN.',
    "nanvl('nan'::DOUBLE, 1)",
    ['ifnan'],
  ),
  math('exp2', 'x → power(2, x)', '2 to the power of x.', 'exp2(10)'),
  math('hypot', 'x, y → sqrt(x * x + y * y)', 'Length of the hypotenuse.', 'hypot(3, 4)'),
  math('e', '→ exp(1)', 'Euler’s number.', 'e()'),
  math('tau', '→ 2 * pi()', 'A full turn in radians.', 'tau()'),
  math('sec', 'x → 1 / cos(x)', 'Secant of an angle in radians.', 'sec(0)'),
  math('csc', 'x → 1 / sin(x)', 'Cosecant of an angle in radians.', 'csc(1)'),
  math('sind', 'x → sin(radians(x))', 'Sine of an angle in degrees.', 'sind(0)'),
  math('cosd', 'x → cos(radians(x))', 'Cosine of an angle in degrees.', 'cosd(0)'),
  math('tand', 'x → tan(radians(x))', 'Tangent of an angle in degrees.', 'tand(0)'),
  math('cotd', 'x → cot(radians(x))', 'Cotangent of an angle in degrees.', 'cotd(45)'),
  math('asind', 'x → degrees(asin(x))', 'Arcsine in degrees.', 'asind(1)'),
  math('acosd', 'x → degrees(acos(x))', 'Arccosine in degrees.', 'acosd(1)'),
  math('atand', 'x → degrees(atan(x))', 'Arctangent in degrees.', 'atand(1)'),
  math('atan2d', 'y, x → degrees(atan2(y, x))', 'Angle of the point (x, y) in degrees.', 'atan2d(1, 1)'),
  math(
    'width_bucket',
    'x, low, high, n → CASE WHEN x < low THEN 0 WHEN x >= high THEN n + 1 ELSE CAST(floor((x - low) / (high - low) * n) AS INTEGER) + 1 END',
    'Which of n equal buckets between two bounds the number falls into; 0 below them, n + 1 above.',
    'width_bucket(5.3, 0, 10, 5)',
  ),
]
