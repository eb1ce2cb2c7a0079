// Role for Steward on MongoDB 4.4 or later: reads states, names and sizes, no
// documents of yours but the slow operations that the profiler keeps. Run with
// mongosh as an administrator.
const admin = db.getSiblingDB("admin");
admin.createRole({
  role: "stewardRole",
  privileges: [
    { resource: { db: "", collection: "" }, actions: ["viewUser", "listCollections", "listIndexes", "collStats", "indexStats", "dbStats"] },
    { resource: { db: "", collection: "system.profile" }, actions: ["find"] },
    { resource: { db: "local", collection: "oplog.rs" }, actions: ["find"] },
  ],
  roles: [{ role: "clusterMonitor", db: "admin" }],
});
admin.createUser({ user: "steward", pwd: "CHANGE-ME", roles: [{ role: "stewardRole", db: "admin" }], mechanisms: ["SCRAM-SHA-256"] });
