/** A file of twelve keys, one or more of each type, that Redis 7.0 has written: an export of ElastiCache is like it. */
export const cacheRdb = {
  keys: 12,
  bytes: Buffer.from(
    [
      "UkVESVMwMDEw+glyZWRpcy12ZXIGNy4wLjE1+gpyZWRpcy1iaXRzwED6BWN0aW1lwm6ICGv6CHVzZWQtbWVtwvAQEQD6CGFvZi1iYXNlwAD+APsM",
      "AAAJc2Vzc2lvbjo1CXZpc2l0b3ItNQAJc2Vzc2lvbjo0CXZpc2l0b3ItNBAGY2FydDoxISEAAAAEAIlwb3N0aW5nLTEKAgGJcG9zdGluZy03CgEB",
      "/xMGY2xpY2tzARAAAAGiFWNdcgAAAAAAAAAAKioAAAAKAAEBAAEBAYZ0YXJnZXQHAAECAQABAAGJcG9zdGluZy0xCgQB/wGBAAABohVjXXIAgQAA",
      "AaIVY11yAAAAAQARB3JhbmtpbmclJQAAAAQAiXBvc3RpbmctMgqEMTIuNQWJcG9zdGluZy0xChEB/wAJc2Vzc2lvbjoyCXZpc2l0b3ItMgAJc2Vz",
      "c2lvbjoxCXZpc2l0b3ItMQAJc2Vzc2lvbjo2CXZpc2l0b3ItNgIGYWRtaW5zAgNsZWUDa2ltAAhncmVldGluZw/slYjrhZXtlZjshLjsmpQACXNl",
      "c3Npb246Mwl2aXNpdG9yLTMSBXF1ZXVlAQIXFwAAAAIAhm1haWwgMQeGbWFpbCAyB///ECypaD6R9EY=",
    ].join(""),
    "base64",
  ),
};
