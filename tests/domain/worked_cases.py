"""Which cases were worked out beforehand? The computed ones: zones with their sets of hours, the instant, and what follows."""

import json
from typing import Any

# `not_before` is the release of a cap.
_LINES = """
{"id":"D01","now":"2026-11-23T17:00Z","pairs":[["America/New_York","US-FED"]],"result":"allow","rules":[]}
{"id":"D03","now":"2026-11-24T02:00Z","pairs":[["America/New_York","US-FED"]],"result":"defer","until":"2026-11-24T13:00Z","rules":["time.quiet.us.federal"]}
{"id":"D05","now":"2026-11-24T13:00Z","pairs":[["America/New_York","US-FED"]],"result":"allow","rules":[]}
{"id":"D07","now":"2026-11-24T01:00Z","pairs":[["America/New_York","US-FED","US-FL"]],"result":"defer","until":"2026-11-24T13:00Z","rules":["time.quiet.us.fl"]}
{"id":"D09","now":"2026-11-24T01:15Z","pairs":[["America/New_York","US-FED","US-FL"],["America/Chicago","US-FED","US-FL"]],"result":"defer","until":"2026-11-24T14:00Z","rules":["time.multi_tz_intersection","time.quiet.us.fl"]}
{"id":"D11","now":"2026-11-24T02:30Z","pairs":[["America/New_York","US-FED"],["America/Los_Angeles","US-FED"]],"result":"defer","until":"2026-11-24T16:00Z","rules":["time.multi_tz_intersection","time.quiet.us.federal"]}
{"id":"D13","now":"2026-11-23T14:30Z","pairs":[["America/Chicago","US-FED","US-TX"]],"result":"defer","until":"2026-11-23T15:00Z","rules":["time.quiet.us.tx"]}
{"id":"D15","now":"2026-11-23T03:00Z","pairs":[["America/Chicago","US-FED","US-TX"]],"result":"defer","until":"2026-11-23T15:00Z","rules":["time.quiet.us.tx"]}
{"id":"D17","now":"2026-11-22T02:30Z","pairs":[["America/Chicago","US-FED","US-LA"]],"result":"defer","until":"2026-11-23T14:00Z","rules":["time.quiet.us.la","time.sunday.us.la"]}
{"id":"D19","now":"2026-11-26T02:30Z","pairs":[["America/Chicago","US-FED","US-AL"]],"result":"defer","until":"2026-11-27T14:00Z","rules":["time.quiet.us.al","time.holiday.us.al"]}
{"id":"D21","now":"2026-11-22T19:00Z","pairs":[["America/Denver","US-FED"]],"result":"allow","rules":[]}
{"id":"D23","now":"2026-11-20T23:00Z","pairs":[["America/New_York","US-FED","US-RI"]],"result":"defer","until":"2026-11-21T15:00Z","rules":["time.quiet.us.ri"]}
{"id":"D25","now":"2026-10-10T21:30Z","pairs":[["America/New_York","US-FED","US-RI"]],"result":"defer","until":"2026-10-13T13:00Z","rules":["time.quiet.us.ri","time.sunday.us.ri","time.holiday.us.ri"]}
{"id":"D27","now":"2026-11-22T18:00Z","pairs":[["America/Chicago","US-FED","US-MS"]],"result":"defer","until":"2026-11-23T14:00Z","rules":["time.sunday.us.ms"]}
{"id":"D29","now":"2026-11-24T03:30Z","pairs":[["America/Los_Angeles","US-FED","US-OR"],["America/Boise","US-FED","US-OR"]],"result":"defer","until":"2026-11-24T16:00Z","rules":["time.multi_tz_intersection","time.quiet.us.or"]}
{"id":"D31","now":"2026-11-23T11:30Z","pairs":[["Pacific/Guam","US-FED"]],"result":"defer","until":"2026-11-23T22:00Z","rules":["time.quiet.us.federal"]}
{"id":"D33","now":"2026-07-15T14:30Z","pairs":[["America/Phoenix","US-FED"],["America/Denver","US-FED"]],"result":"defer","until":"2026-07-15T15:00Z","rules":["time.multi_tz_intersection","time.quiet.us.federal"]}
{"id":"D35","now":"2026-03-08T03:00Z","pairs":[["America/New_York","US-FED"]],"result":"defer","until":"2026-03-08T12:00Z","rules":["time.quiet.us.federal"]}
{"id":"D37","now":"2026-03-08T07:30Z","pairs":[["America/New_York","US-FED"]],"result":"defer","until":"2026-03-08T12:00Z","rules":["time.quiet.us.federal"]}
{"id":"D39","now":"2026-11-24T04:45Z","pairs":[["America/Vancouver","CA-VOICE"]],"result":"defer","until":"2026-11-24T16:00Z","rules":["time.quiet.ca.telemarketing"]}
{"id":"D41","now":"2026-11-24T02:45Z","pairs":[["America/Winnipeg","CA-VOICE"]],"result":"defer","until":"2026-11-24T14:00Z","rules":["time.quiet.ca.telemarketing"]}
{"id":"D43","now":"2026-11-23T12:45Z","pairs":[["America/St_Johns","CA-VOICE"],["America/Goose_Bay","CA-VOICE"]],"result":"defer","until":"2026-11-23T13:00Z","rules":["time.multi_tz_intersection","time.quiet.ca.telemarketing"]}
{"id":"D45","now":"2026-11-21T21:30Z","pairs":[["Europe/Paris","FR-SMS"]],"result":"defer","until":"2026-11-23T07:00Z","rules":["time.quiet.fr.sms","time.sunday.fr.sms"]}
{"id":"D47","now":"2026-12-26T09:00Z","pairs":[["Europe/Paris","FR-SMS-57"]],"result":"defer","until":"2026-12-28T07:00Z","rules":["time.holiday.fr.alsace_moselle","time.sunday.fr.sms"]}
{"id":"D49","now":"2026-11-20T19:00Z","pairs":[["Europe/Paris","FR-VOICE"]],"result":"defer","until":"2026-11-23T09:00Z","rules":["time.quiet.fr.voice","time.weekend.fr.voice"]}
{"id":"D51","now":"2026-11-21T11:00Z","pairs":[["Europe/Madrid","ES-VOICE"],["Atlantic/Canary","ES-VOICE"]],"result":"defer","until":"2026-11-23T09:00Z","rules":["time.weekend.es.voice"]}
{"id":"D53","now":"2026-10-25T01:30Z","pairs":[["Europe/London","GB-POLICY"]],"result":"defer","until":"2026-10-26T08:00Z","rules":["time.policy.gb"]}
{"id":"D55","now":"2026-11-21T11:00Z","pairs":[["Africa/Johannesburg","ZA"]],"result":"defer","until":"2026-11-23T06:00Z","rules":["time.quiet.za.saturday","time.sunday.za"]}
{"id":"D57","now":"2026-11-23T00:30Z","pairs":[["Australia/Perth","AU-VOICE"],["Australia/Eucla","AU-VOICE"],["Australia/Darwin","AU-VOICE"],["Australia/Adelaide","AU-VOICE"],["Australia/Brisbane","AU-VOICE"],["Australia/Sydney","AU-VOICE"],["Australia/Lord_Howe","AU-VOICE"]],"result":"defer","until":"2026-11-23T01:00Z","rules":["time.multi_tz_intersection","time.quiet.au.voice"]}
{"id":"D59","now":"2026-11-23T13:00Z","pairs":[["Asia/Seoul","KR"]],"result":"defer","until":"2026-11-23T23:00Z","rules":["time.quiet.kr.night_consent"]}
{"id":"D61","now":"2026-11-23T14:30Z","pairs":[["Asia/Dubai","AE-VOICE"]],"result":"defer","until":"2026-11-24T05:00Z","rules":["time.quiet.ae.voice"]}
{"id":"D63","now":"2026-11-23T20:00Z","pairs":[["America/New_York","US-FED","US-FL"]],"not_before":"2026-11-24T15:00Z","result":"defer","until":"2026-11-24T15:00Z","rules":["cap.us.fl.3_per_24h"]}
{"id":"D65","now":"2026-11-01T15:00Z","pairs":[["America/New_York","US-FED","US-FL"]],"not_before":"2026-11-01T23:30Z","result":"defer","until":"2026-11-01T23:30Z","rules":["cap.us.fl.3_per_24h"]}
{"id":"D67","now":"2026-11-23T22:00Z","pairs":[["America/New_York","US-FED","US-MD"]],"not_before":"2026-11-24T13:00Z","result":"defer","until":"2026-11-24T13:00Z","rules":["cap.us.md.3_per_24h"]}
{"id":"D69","now":"2026-11-23T09:00Z","pairs":[["Asia/Ho_Chi_Minh","VN-SMS"]],"not_before":"2026-11-24T00:10Z","result":"defer","until":"2026-11-24T00:10Z","rules":["cap.vn.sms.3_per_24h"]}
"""

COMPUTED: list[dict[str, Any]] = [json.loads(line) for line in _LINES.strip().splitlines()]
