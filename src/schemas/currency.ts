/**
 * The currencies of ISO 4217, and how many decimal digits their amounts have, as in November 2026: the published table
 * of June 2024, and XCG, which replaced ANG since. Node's `Intl` knows how cash is written instead (COP, HUF: no digits).
 * https://www.iso.org/iso-4217-currency-codes.html
 */

const inUse = `
  AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CLF CLP CNY
  COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD
  IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN
  MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD
  SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XAG XAU XBA XBB
  XBC XBD XCD XCG XDR XOF XPD XPF XPT XSU XTS XUA XXX YER ZAR ZMW ZWG`;
/** Withdrawn since 2010; imported events may use them. */
const withdrawn = "ANG BGN BYR CUC EEK GHC HRK LTL LVL MRO SLL STD VEF ZMK ZWL";

const known = new Set(`${inUse} ${withdrawn}`.trim().split(/\s+/));

/** The number of decimal digits of the currencies that do not have two. Metals and other units have none at all. */
export const minorUnits: Readonly<Record<string, number>> = {
  ...digitsOf(0, "BIF BYR CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
  ...digitsOf(0, "XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX"),
  ...digitsOf(3, "BHD IQD JOD KWD LYD OMR TND"),
  ...digitsOf(4, "CLF UYW"),
};

/** Whether a text is the code of a currency, in upper or lower case. */
export function isCurrency(code: string): boolean {
  return code.length === 3 && known.has(code.toUpperCase());
}

function digitsOf(digits: number, codes: string): Record<string, number> {
  return Object.fromEntries(codes.split(" ").map((code) => [code, digits]));
}
