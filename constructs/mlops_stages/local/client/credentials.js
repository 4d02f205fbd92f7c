// The credentials of the local AWS, for the CDK CLI: a 12-digit access key acts as that account's root, with the
// secret of this start, which up and `mlops-stages env` put into the environment.
// So one run of `cdk deploy` reaches every account of a platform, as an administrator's profiles would.
"use strict";

module.exports = {
  version: "1",
  init(host) {
    host.registerCredentialProviderSource({
      name: "the local AWS",
      isAvailable: async () => true,
      canProvideCredentials: async () => true,
      getProvider: async (account) => ({ accessKeyId: account, secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY }),
    });
  },
};
