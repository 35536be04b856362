import type { Command } from 'commander';

/**
 * Has the default command of a group tell a word it does not know (`link bogus`) from too many arguments
 * (`link list bogus`): for the parser both are arguments of the default.
 */
export function refuseUnknownCommands(group: Command, standard: Command): void {
  standard.allowExcessArguments().hook('preAction', () => {
    const [word] = standard.args;
    if (word === undefined) return;
    if (group.args[0] === standard.name())
      standard.error(`error: too many arguments for '${standard.name()}'`);
    const names = group.commands.map((each) => each.name()).join(', ');
    group.error(`error: unknown command '${word}'; the commands of ${group.name()} are: ${names}`);
  });
}
