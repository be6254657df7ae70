const noticeEvents = [
"started",
"held",
"page",
"warned",
"rolled-back",
"halted",
"finished",
"failed",
"interrupted",
"locked",
"unlocked"
];
export { noticeEvents as t };
