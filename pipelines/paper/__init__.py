"""What the recipes of the supplementary material's figures share: settings, labelled sheets, measures, new styles."""
