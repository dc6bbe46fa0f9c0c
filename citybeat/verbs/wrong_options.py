"""A verb that names everything wrong with its options at once; click alone stops at the first.

Owns the gathering. What is wrong with one value, its reader says.
"""

import click


class Verb(click.Command):
    """A command whose wrong and missing options are reported together."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the options. Raises click.UsageError naming all that are wrong."""
        given = list(args)
        try:
            return super().parse_args(ctx, args)
        except click.BadParameter as first:
            texts = self._wrong(ctx, given)
            if len(texts) < 2:  # noqa: PLR2004 - one needs no list
                raise
            msg = f"{len(texts)} options are wrong:\n  " + "\n  ".join(texts)
            raise click.UsageError(msg, ctx) from first

    def _wrong(self, ctx: click.Context, given: list[str]) -> list[str]:
        values, _, _ = self.make_parser(ctx).parse_args(given)
        texts = []
        for parameter in self.get_params(ctx):
            try:
                parameter.handle_parse_result(ctx, values, [])
            except click.BadParameter as error:
                texts.append(error.format_message())
        return texts
