"""Where packages come from: the organization's own, and PyPI's through one door."""

from collections.abc import Sequence

from aws_cdk import aws_codeartifact as codeartifact
from constructs import Construct

from mlops_stages.foundation import CustomerManagedKey, Perimeter, Statement, policy_document, retain, title_case
from mlops_stages.platform import Addresses
from mlops_stages.repeatable.sharing import only, roots

SHARED = "shared"
"""The repository that everybody installs from, and the teams' CI publishes to."""
PYPI_STORE = "pypi-store"
"""The repository that alone fetches from PyPI."""

SIGN_IN = ("codeartifact:DescribeDomain", "codeartifact:GetAuthorizationToken")
READ = (
    "codeartifact:DescribePackageVersion",
    "codeartifact:DescribeRepository",
    "codeartifact:GetRepositoryEndpoint",
    "codeartifact:ListPackageVersionAssets",
    "codeartifact:ListPackageVersions",
    "codeartifact:ListPackages",
    "codeartifact:ReadFromRepository",
)
PUBLISH = ("codeartifact:PublishPackageVersion", "codeartifact:PutPackageMetadata")
CODEARTIFACT = "codeartifact.amazonaws.com"
"""For whom a token is made: the value of `sts:AWSServiceName`."""

Restriction = codeartifact.CfnPackageGroup.RestrictionTypeProperty
_BLOCK = Restriction(restriction_mode="BLOCK")
_ALLOW = Restriction(restriction_mode="ALLOW")


def _from(repository: str) -> Restriction:
    return Restriction(restriction_mode="ALLOW_SPECIFIC_REPOSITORIES", repositories=[repository])


def own_packages(word: str) -> str:
    """The pattern of the names that only the organization itself publishes: this word, alone or before a hyphen.

    Python's packages have no namespace, which is what stands between the two slashes.

    Source: https://docs.aws.amazon.com/codeartifact/latest/ug/package-group-definition-syntax-matching-behavior.html
    """
    return f"/pypi//{word}~"


def domain_name(platform: str) -> str:
    """The name of the platform's domain, which is part of the address that pip is given."""
    return platform


def packages_of(perimeter: Perimeter, platform: str, team: str) -> tuple[str, ...]:
    """The ARNs of a team's own packages: `PLATFORM-TEAM`, and whatever begins with it and a hyphen."""
    stem = perimeter.arn("codeartifact", f"package/{domain_name(platform)}/{SHARED}/pypi//{platform}-{team}")
    return (stem, f"{stem}-*")


class PackageRegistry(Construct):
    """A domain with two repositories: `shared` for everybody, and behind it `pypi-store`, which fetches from PyPI.

    The organization's own names can only be published here, by CI, and never come from PyPI, whoever registers them
    there; all other names only come from PyPI. That is decided by the name alone, before any version is looked at.

    Source: https://docs.aws.amazon.com/codeartifact/latest/ug/package-group-origin-controls.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        perimeter: Perimeter,
        addresses: Addresses,
        readers: Sequence[str],
        own_names: Sequence[str] = (),
    ) -> None:
        """Create the domain, its repositories and the rules of where packages come from.

        Args:
            scope: the parent.
            id: the construct's id in it.
            perimeter: the tooling account and its organization.
            addresses: the platform's names.
            readers: ids of the accounts that install packages.
            own_names: further words that the organization's own packages begin with, besides the platform's name.

        Raises:
            ValueError: `REP-034` for a word that is no beginning of a package's normalized name.
        """
        platform = addresses.platform
        words = sorted({platform, *own_names})
        for word in words:
            if not word or not all(c.isascii() and (c.isdigit() or c.islower() or c == "-") for c in word):
                message = f"REP-034: {id}: {word!r} begins no package's name; give a word of a-z, 0-9 and hyphens"
                raise ValueError(message)
        super().__init__(scope, id)
        key = CustomerManagedKey(
            self,
            "Key",
            perimeter=perimeter,
            alias=f"{platform}/packages",
            description="The packages of the organization",
            via=["codeartifact"],
        )
        self.domain_name: str = domain_name(platform)
        domain = codeartifact.CfnDomain(
            self,
            "Domain",
            domain_name=self.domain_name,
            encryption_key=key.key_arn,
            permissions_policy_document=policy_document(
                [
                    Statement(
                        sid="AccountsOfThePlatformSignIn",
                        principals=roots(perimeter, readers),
                        actions=SIGN_IN,
                        resources=[perimeter.arn("codeartifact", f"domain/{self.domain_name}")],
                        conditions=only(perimeter),
                    )
                ]
            ),
        )
        retain(domain)
        self.domain_arn: str = domain.attr_arn
        store = self._repository(
            domain,
            PYPI_STORE,
            description="What has been fetched from PyPI; install from the other repository",
            external_connections=["public:pypi"],
            statements=[self._refuse_publishing(perimeter, PYPI_STORE, but=None)],
        )
        shared = self._repository(
            domain,
            SHARED,
            description="Install from here: own packages and PyPI's",
            upstreams=[PYPI_STORE],
            statements=[
                Statement(
                    sid="AccountsOfThePlatformInstall",
                    principals=roots(perimeter, readers),
                    actions=READ,
                    resources=[
                        perimeter.arn("codeartifact", f"{kind}/{self.domain_name}/{SHARED}{rest}")
                        for kind, rest in (("repository", ""), ("package", "/*"))
                    ],
                    conditions=only(perimeter),
                    why="all packages of this one repository",
                ),
                self._refuse_publishing(perimeter, SHARED, but=addresses.ci_role("*")),
            ],
        )
        shared.node.add_dependency(store)
        self.repository_name: str = SHARED
        self.repository_arn: str = shared.attr_arn
        for word in words:
            self._group(
                f"Own{title_case(word)}",
                own_packages(word),
                f"Published here by CI, never from PyPI: {word} and {word}-...",
                publish=_from(SHARED),
                external=_BLOCK,
                internal=_BLOCK,
                after=shared,
            )
        self._group(
            "Others",
            "/pypi/*",
            "From PyPI through the store, never published here",
            publish=_BLOCK,
            external=_from(PYPI_STORE),
            internal=_ALLOW,
            after=shared,
        )

    def _repository(
        self,
        domain: codeartifact.CfnDomain,
        name: str,
        *,
        description: str,
        statements: Sequence[Statement],
        external_connections: Sequence[str] | None = None,
        upstreams: Sequence[str] | None = None,
    ) -> codeartifact.CfnRepository:
        repository = codeartifact.CfnRepository(
            self,
            title_case(name),
            domain_name=domain.attr_name,
            repository_name=name,
            description=description,
            external_connections=external_connections,
            upstreams=upstreams,
            permissions_policy_document=policy_document(statements),
        )
        retain(repository)
        return repository

    def _refuse_publishing(self, perimeter: Perimeter, repository: str, *, but: str | None) -> Statement:
        return Statement(
            sid="RefusePublishing" if but is None else "RefusePublishingButByCi",
            effect="Deny",
            principals="*",
            actions=PUBLISH,
            resources=[perimeter.arn("codeartifact", f"package/{self.domain_name}/{repository}/*")],
            conditions=None if but is None else {"ArnNotLike": {"aws:PrincipalArn": but}},
            why="whatever the name of the package",
        )

    def _group(
        self,
        id: str,
        pattern: str,
        description: str,
        *,
        publish: Restriction,
        external: Restriction,
        internal: Restriction,
        after: codeartifact.CfnRepository,
    ) -> None:
        group = codeartifact.CfnPackageGroup(
            self,
            id,
            domain_name=self.domain_name,
            pattern=pattern,
            description=description,
            origin_configuration=codeartifact.CfnPackageGroup.OriginConfigurationProperty(
                restrictions=codeartifact.CfnPackageGroup.RestrictionsProperty(
                    publish=publish, external_upstream=external, internal_upstream=internal
                )
            ),
        )
        # The rules name repositories, which must exist; and while they go, nothing may be left without them.
        group.node.add_dependency(after)
        retain(group)
