// The credentials of the local AWS, for the CDK CLI: a 12-digit access key acts as that account's root.
// So one run of `cdk deploy` reaches every account of a platform, as an administrator's profiles would.
"use strict";

module.exports = {
  version: "1",
  init(host) {
    host.registerCredentialProviderSource({
      name: "the local AWS",
      isAvailable: async () => true,
      canProvideCredentials: async () => true,
      getProvider: async (account) => ({ accessKeyId: account, secretAccessKey: "local" }),
    });
  },
};
